"""Ultralytics alone: ``ultralytics_detector.py OVERRIDES`` with the overrides of its own trainer as JSON."""

import json
import sys

from ultralytics.models import yolo
from ultralytics.utils import callbacks

callbacks.add_integration_callbacks = lambda instance: None
yolo.detect.DetectionTrainer(overrides=json.loads(sys.argv[1])).train()

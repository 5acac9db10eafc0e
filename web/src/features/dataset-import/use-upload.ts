import { useCallback, useEffect, useRef, useState } from "react";
import { type RunningUpload, uploadFile } from "../../api/upload-file";
import { RateMeter } from "./rate-meter";

export type UploadState = "starting" | "running" | "paused" | "done" | "failed";

export interface Upload {
  state: UploadState;
  name: string;
  sent: number;
  total: number;
  /** Bytes a second over the last few seconds; null until known. */
  speed: number | null;
  /** Whether an earlier visit had sent some of it. */
  resumed: boolean;
  /** What the server knows it by, when it is complete. */
  id: string | null;
  error: string | null;
}

/** One upload at a time; it pauses when the page is left, and goes on when the same file is chosen again. */
export function useUpload() {
  const [upload, setUpload] = useState<Upload | null>(null);
  const running = useRef<RunningUpload | null>(null);
  const chosen = useRef<File | null>(null);
  const turn = useRef(0);

  const start = useCallback((file: File) => {
    turn.current += 1;
    const mine = turn.current;
    void running.current?.pause();
    running.current = null;
    chosen.current = file;
    const meter = new RateMeter();
    const change = (patch: Partial<Upload>) => {
      if (turn.current === mine) setUpload((old) => (old ? { ...old, ...patch } : old));
    };
    setUpload({
      state: "starting",
      name: file.name,
      sent: 0,
      total: file.size,
      speed: null,
      resumed: false,
      id: null,
      error: null,
    });
    const fail = (error: unknown) =>
      change({ state: "failed", error: error instanceof Error ? error.message : String(error) });
    uploadFile(file, {
      onProgress: (sent, total) => change({ sent, total, speed: meter.add(sent, performance.now()) }),
      onDone: (id) => change({ state: "done", id, sent: file.size, speed: null }),
      onError: fail,
    }).then((begun) => {
      if (turn.current !== mine) {
        void begun.pause();
        return;
      }
      running.current = begun;
      setUpload((old) =>
        old?.state === "starting" ? { ...old, state: "running", resumed: begun.resumed } : old,
      );
    }, fail);
  }, []);

  const pause = useCallback(() => {
    void running.current?.pause();
    setUpload((old) => (old ? { ...old, state: "paused", speed: null } : old));
  }, []);

  const resume = useCallback(() => {
    if (!running.current) {
      if (chosen.current) start(chosen.current);
      return;
    }
    setUpload((old) => (old ? { ...old, state: "running", error: null } : old));
    running.current.resume();
  }, [start]);

  const cancel = useCallback(() => {
    turn.current += 1;
    // What can't be said to the server now, it forgets by itself later.
    running.current?.cancel().catch(() => undefined);
    running.current = null;
    setUpload(null);
  }, []);

  useEffect(
    () => () => {
      turn.current += 1;
      void running.current?.pause();
    },
    [],
  );

  return { upload, start, pause, resume, cancel };
}

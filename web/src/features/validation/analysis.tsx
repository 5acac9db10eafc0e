import { useRef } from "react";
import { useInView } from "../../lib/use-in-view";
import classes from "./analysis.module.css";
import { CalibrationCard } from "./calibration-card";
import { ErrorTypesCard } from "./error-types-card";
import { KeypointsCard } from "./keypoints-card";
import { OperatingCard } from "./operating-card";
import { OverlapCard } from "./overlap-card";
import { hasPlace, type ViewProps } from "./view-state";

export interface AnalysisProps extends ViewProps {
  jobId: number;
  epoch: number;
  classNames: readonly string[];
  /** Whether it is time to ask the server. */
  enabled: boolean;
}

/** Where the mistakes come from, and what scores are worth. Asked for while somebody looks, not at a slider's move. */
export function Analysis(props: Omit<AnalysisProps, "enabled">) {
  const host = useRef<HTMLDivElement>(null);
  const view = { ...props, enabled: useInView(host) };
  return (
    <div ref={host} className={classes.cards}>
      {hasPlace(props.task) ? (
        <>
          <div className={classes.column}>
            <ErrorTypesCard {...view} />
          </div>
          <div className={classes.column}>
            {props.task === "pose" ? <KeypointsCard {...view} /> : null}
            {props.task === "segmentation" ? <OverlapCard {...view} /> : null}
            <OperatingCard {...view} />
            <CalibrationCard {...view} />
          </div>
        </>
      ) : (
        <>
          <OperatingCard {...view} />
          <CalibrationCard {...view} />
        </>
      )}
    </div>
  );
}

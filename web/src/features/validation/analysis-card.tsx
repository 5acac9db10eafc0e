import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Card } from "../../components/card";
import { ErrorState, Loading } from "../../components/page-state";
import classes from "./analysis.module.css";

interface Props<Data> {
  title: string;
  /** At which thresholds; it stands beside the title as soon as the answer has said it. */
  note: (data: Data) => string;
  actions?: ReactNode;
  query: UseQueryResult<Data>;
  testId: string;
  children: (data: Data) => ReactNode;
}

/** A card that shows one answer of the server, or that it is on its way. */
export function AnalysisCard<Data>({ title, note, actions, query, testId, children }: Props<Data>) {
  const { data } = query;
  return (
    <Card title={title} note={data === undefined ? null : note(data)} actions={actions} flush>
      {data !== undefined ? (
        <div
          className={classes.content}
          data-stale={query.isPlaceholderData || undefined}
          data-testid={testId}
        >
          {children(data)}
        </div>
      ) : (
        <div className={classes.pending}>
          {query.isError ? (
            <ErrorState error={query.error} retry={() => void query.refetch()} />
          ) : query.fetchStatus === "idle" ? (
            <div className={classes.unasked} />
          ) : (
            <Loading rows={1} height={180} />
          )}
        </div>
      )}
    </Card>
  );
}

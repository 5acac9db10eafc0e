import type { ResultDetail, ResultList } from "../../api/types";
import { ConfusionPanel } from "./confusion-panel";
import { TopConfusions } from "./top-confusions";
import { useConfusion } from "./use-confusion";
import { canExplore, type ViewProps } from "./view-state";

interface Props extends ViewProps {
  epoch: number;
  explore: boolean;
  detail: ResultDetail;
  results: ResultList;
}

/** The matrix, and its largest cells in words; drawn anew at every move of a slider. */
export function ConfusionSection({ epoch, explore, detail, results, task, search, onChange }: Props) {
  const confusion = useConfusion(detail.confusion_matrix, epoch, task, search);
  const epochs = results.items
    .filter((row) => canExplore(row) && row.epoch !== epoch)
    .map((row) => row.epoch);
  return (
    <>
      {confusion || explore ? (
        <ConfusionPanel
          confusion={confusion}
          explore={explore}
          classNames={detail.class_names}
          epoch={epoch}
          epochs={epochs}
          task={task}
          search={search}
          onChange={onChange}
        />
      ) : null}
      {confusion ? (
        <TopConfusions
          matrix={confusion.matrix}
          changes={confusion.changes}
          explore={explore}
          onChange={onChange}
        />
      ) : null}
    </>
  );
}

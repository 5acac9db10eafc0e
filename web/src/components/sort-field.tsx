import { ActionIcon, Group, NativeSelect, Tooltip } from "@mantine/core";
import { t } from "../lib/i18n-jobs";
import { Icon } from "./icon";

interface Props {
  options: readonly { value: string; label: string }[];
  value: string;
  down: boolean;
  onSort: (value: string) => void;
  onTurn: () => void;
  className?: string | undefined;
}

/** By what rows are sorted, and a button that turns their order. */
export function SortField({ options, value, down, onSort, onTurn, className }: Props) {
  const turn = t(down ? "list.order.desc" : "list.order.asc");
  return (
    <Group gap={4} wrap="nowrap" className={className ?? ""}>
      <NativeSelect
        size="xs"
        aria-label={t("list.sort")}
        value={value}
        onChange={(event) => onSort(event.currentTarget.value)}
        data={options.map((one) => ({ value: one.value, label: `${t("list.sort")}: ${one.label}` }))}
        data-testid="sort"
      />
      <Tooltip label={turn}>
        <ActionIcon variant="default" size={30} aria-label={turn} onClick={onTurn} data-testid="order">
          <Icon name={down ? "down" : "up"} size={14} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}

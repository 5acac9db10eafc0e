import { ActionIcon, Menu } from "@mantine/core";
import { Icon } from "../../components/icon";
import { t } from "../../lib/i18n-charts";
import classes from "./charts-panel.module.css";

interface Props {
  title: string;
  pinned: boolean;
  onPin: () => void;
  onEnlarge?: (() => void) | undefined;
  onPng: () => void;
  onCsv: () => void;
  busy: boolean;
}

/** What can be done with one chart. */
export function CardActions({ title, pinned, onPin, onEnlarge, onPng, onCsv, busy }: Props) {
  const pinLabel = t(pinned ? "charts.unpin" : "charts.pin", { title });
  return (
    <div className={classes.actions}>
      <ActionIcon
        size="sm"
        variant="subtle"
        color="gray"
        className={classes.pin}
        aria-pressed={pinned}
        aria-label={pinLabel}
        title={pinLabel}
        data-testid="chart-pin"
        onClick={onPin}
      >
        <Icon name="star" size={14} />
      </ActionIcon>
      {onEnlarge ? (
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={t("charts.enlarge", { title })}
          title={t("charts.enlarge", { title })}
          data-testid="chart-enlarge"
          onClick={onEnlarge}
        >
          <Icon name="fit" size={14} />
        </ActionIcon>
      ) : null}
      <Menu position="bottom-end" withinPortal>
        <Menu.Target>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            loading={busy}
            aria-label={t("charts.export", { title })}
            title={t("charts.export", { title })}
            data-testid="chart-export"
          >
            <Icon name="download" size={14} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={onPng}>{t("charts.png")}</Menu.Item>
          <Menu.Item onClick={onCsv}>{t("charts.csv")}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </div>
  );
}

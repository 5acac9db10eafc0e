import { ActionIcon } from "@mantine/core";
import { Icon, type IconName } from "../../components/icon";
import { t } from "../../lib/i18n-epochs";
import { useEpochControl } from "./epoch-context";

/** One epoch back, play, one epoch on. */
export function StepButtons() {
  const { results, index, playing, step, togglePlay } = useEpochControl();
  const last = results.items.length - 1;
  return (
    <ActionIcon.Group>
      <StepButton
        label={t("image.previousEpoch")}
        icon="left"
        disabled={index <= 0}
        onClick={() => step(-1)}
      />
      <StepButton
        label={t(playing ? "epochs.pause" : "epochs.play")}
        icon={playing ? "pause" : "play"}
        disabled={last < 1}
        pressed={playing}
        onClick={togglePlay}
      />
      <StepButton
        label={t("image.nextEpoch")}
        icon="right"
        disabled={index < 0 || index >= last}
        onClick={() => step(1)}
      />
    </ActionIcon.Group>
  );
}

interface StepProps {
  label: string;
  icon: IconName;
  disabled: boolean;
  pressed?: boolean;
  onClick: () => void;
}

function StepButton({ label, icon, disabled, pressed, onClick }: StepProps) {
  return (
    <ActionIcon
      variant={pressed ? "light" : "default"}
      size={30}
      aria-label={label}
      aria-pressed={pressed}
      title={label}
      disabled={disabled}
      onClick={onClick}
      data-testid={pressed === undefined ? undefined : "play-epochs"}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}

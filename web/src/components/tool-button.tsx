import { ActionIcon } from "@mantine/core";
import { Icon, type IconName } from "./icon";

interface Props {
  label: string;
  icon: IconName;
  disabled?: boolean;
  onClick: () => void;
}

/** A button that is only a sign; its name is told on hover and to screen readers. */
export function ToolButton({ label, icon, disabled = false, onClick }: Props) {
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      aria-label={label}
      title={label}
      disabled={disabled}
      onClick={onClick}
    >
      <Icon name={icon} />
    </ActionIcon>
  );
}

import { Button, Group, type MantineSpacing } from "@mantine/core";
import { t } from "../lib/i18n";

interface Props {
  /** What happens. */
  label: string;
  disabled: boolean;
  busy: boolean;
  onClose: () => void;
  testId: string;
  mt?: MantineSpacing;
}

/** How a form in a dialog ends: by what it is for, or without. */
export function DialogActions({ label, disabled, busy, onClose, testId, mt = 0 }: Props) {
  return (
    <Group justify="flex-end" gap="xs" mt={mt}>
      <Button variant="default" size="xs" onClick={onClose}>
        {t("common.cancel")}
      </Button>
      <Button type="submit" size="xs" disabled={disabled} loading={busy} data-testid={testId}>
        {label}
      </Button>
    </Group>
  );
}

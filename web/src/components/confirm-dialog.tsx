import { Button, Group, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { t } from "../lib/i18n";
import { Dialog } from "./dialog";

interface Props {
  title: string;
  text: string;
  /** What the button that does it says. */
  action: string;
  pending: boolean;
  error: Error | null;
  onConfirm: () => void;
  onClose: () => void;
  children?: ReactNode;
}

/** Asks before something that can't be undone. */
export function ConfirmDialog({ title, text, action, pending, error, onConfirm, onClose, children }: Props) {
  return (
    <Dialog opened onClose={onClose} title={title} centered>
      <Text c="dimmed">{text}</Text>
      {children}
      {error ? (
        <Text c="red" mt="xs" role="alert">
          {error.message || t("error.unreachable")}
        </Text>
      ) : null}
      <Group justify="flex-end" gap="xs" mt="md">
        <Button variant="default" size="xs" onClick={onClose}>
          {t("common.cancel")}
        </Button>
        <Button color="red" size="xs" loading={pending} onClick={onConfirm} data-testid="confirm">
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}

import { Modal, type ModalProps } from "@mantine/core";
import { t } from "../lib/i18n";

/** A modal dialog whose button to close it has a name; `bare`: its title is heard, not seen, and it has no such button. */
export function Dialog({ bare = false, ...props }: ModalProps & { bare?: boolean }) {
  return bare ? (
    <Modal {...props} withCloseButton={false} padding={0} classNames={{ header: "visually-hidden" }} />
  ) : (
    <Modal {...props} closeButtonProps={{ "aria-label": t("common.close") }} />
  );
}

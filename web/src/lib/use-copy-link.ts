import { useClipboard } from "@mantine/hooks";

/** Copies the address with what would be something else tomorrow, such as the latest epoch, written out. */
export function useCopyLink(pinned: Readonly<Record<string, number>>): { copied: boolean; copy: () => void } {
  const clipboard = useClipboard();
  const copy = () => {
    const url = new URL(window.location.href);
    for (const [name, value] of Object.entries(pinned)) url.searchParams.set(name, String(value));
    clipboard.copy(url.href);
  };
  return { copied: clipboard.copied, copy };
}

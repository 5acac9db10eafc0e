import { CopyLine } from "./copy-line";

/** A shell command to read and to copy. */
export function CommandLine({ command }: { command: string }) {
  return <CopyLine text={command} prompt="$" />;
}

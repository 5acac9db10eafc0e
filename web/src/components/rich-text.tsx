/** A message with `code` between back-ticks. */
export function RichText({ text }: { text: string }) {
  const parts = text.split("`").map((part, at) => ({ part, at, code: at % 2 === 1 }));
  return parts.map(({ part, at, code }) => (code ? <code key={at}>{part}</code> : part));
}

import { useState } from "react";

export const CARD_SIZES = ["s", "m", "l"] as const;
export type CardSize = (typeof CARD_SIZES)[number];

/** Least width of a card, in CSS px; on a phone two of middle size are side by side. */
export const CARD_WIDTH: Record<CardSize, number> = { s: 96, m: 132, l: 216 };
const NAME = "snellen.validation.cards";

/** How large cards are; this browser remembers it. */
export function useCardSize(): [CardSize, (size: CardSize) => void] {
  const [size, setSize] = useState<CardSize>(read);
  return [
    size,
    (next) => {
      setSize(next);
      try {
        localStorage.setItem(NAME, next);
      } catch {
        // Remembering is a convenience.
      }
    },
  ];
}

function read(): CardSize {
  try {
    const kept = localStorage.getItem(NAME);
    return CARD_SIZES.find((size) => size === kept) ?? "m";
  } catch {
    return "m";
  }
}

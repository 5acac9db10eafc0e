import { useStoredValue } from "./use-stored";

export const CARD_SIZES = ["s", "m", "l"] as const;
export type CardSize = (typeof CARD_SIZES)[number];

/** Least width of a card, in CSS px; on a phone two of middle size are side by side. */
export const CARD_WIDTH: Record<CardSize, number> = { s: 96, m: 132, l: 216 };

const isCardSize = (value: unknown): value is CardSize => CARD_SIZES.some((size) => size === value);

/** How large cards are; this browser remembers it. */
export const useCardSize = () => useStoredValue<CardSize>("validation.cards", "m", isCardSize);

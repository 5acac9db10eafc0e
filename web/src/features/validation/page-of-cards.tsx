import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { BlankCard, type GridCell } from "../../components/virtual-grid";
import { RetryCard } from "./retry-card";

export interface PageOfCardsProps<Item> {
  cells: readonly GridCell[];
  place: (cell: GridCell, card: ReactNode) => ReactNode;
  card: (item: Item, cell: GridCell) => ReactNode;
}

/** What is in the cells of a page: the items that came, else that they are on their way, or that they can't be had. */
export function cardsOf<Item>(
  query: UseQueryResult<{ items: readonly Item[] }>,
  first: number,
  { cells, place, card }: PageOfCardsProps<Item>,
): ReactNode[] {
  return cells.map((cell) => {
    const item = query.data?.items[cell.index - first];
    if (item) return place(cell, card(item, cell));
    return place(cell, query.isError ? <RetryCard query={query} tabIndex={cell.tabIndex} /> : <BlankCard />);
  });
}

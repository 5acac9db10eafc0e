import { apiPath } from "./client";

const SIDE_PX = 320;

export const thumbnailUrl = (id: number, imageId: number, snapshot: string): string =>
  apiPath(`/datasets/${id}/images/${imageId}/file`, { snapshot, size: SIDE_PX });

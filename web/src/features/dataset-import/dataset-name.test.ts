import { expect, it } from "vitest";
import { nameFrom } from "./dataset-name";

it.each([
  ["street-signs.zip", "street-signs"],
  ["C:\\data\\Blood cells.tar.gz", "Blood cells"],
  ["/data/bccd/", "bccd"],
  ["external:teams/vision/strassen.tgz", "strassen"],
  ["s3://bucket/datasets/v1.2", "v1.2"],
  ["  ", ""],
])("takes the name from %j", (source, name) => {
  expect(nameFrom(source)).toBe(name);
});

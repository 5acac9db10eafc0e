/** The part of JSON Schema that trainers describe their hyperparameters with, and what a value breaks of it. */
import { t } from "../../lib/i18n-jobs";

export interface JsonSchema {
  type?: string | string[];
  description?: string;
  default?: unknown;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
  items?: JsonSchema;
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean | JsonSchema;
}

export const typesOf = (schema: JsonSchema): string[] =>
  schema.type === undefined ? [] : Array.isArray(schema.type) ? schema.type : [schema.type];

export const isNullable = (schema: JsonSchema): boolean =>
  typesOf(schema).includes("null") || (schema.enum?.includes(null) ?? false);

/** What is wrong with a value, in words; null where nothing is. The server has the last word. */
export function faultOf(schema: JsonSchema, value: unknown): string | null {
  const types = typesOf(schema);
  if (types.length > 0 && !types.some((type) => isOfType(value, type))) {
    return t("form.fault.type", { types: types.map((type) => typeName(type)).join(", ") });
  }
  if (schema.enum && !schema.enum.some((one) => same(one, value))) {
    return t("form.fault.enum", { values: schema.enum.map((one) => JSON.stringify(one)).join(", ") });
  }
  if (schema.const !== undefined && !same(schema.const, value)) {
    return t("form.fault.range", { range: JSON.stringify(schema.const) });
  }
  if (schema.anyOf && !schema.anyOf.some((one) => faultOf(one, value) === null)) {
    return t("form.fault.range", { range: rangeOf(schema) });
  }
  if (typeof value === "number") return isInRange(schema, value) ? null : rangeFault(schema);
  if (typeof value === "string") return textFault(schema, value);
  if (Array.isArray(value)) return listFault(schema, value);
  return null;
}

/** The values that are possible, in signs: ``0 … 1``, ``≥ 1``, ``1 … 4096 | -1``; empty where all are. */
export function rangeOf(schema: JsonSchema): string {
  if (schema.anyOf) return schema.anyOf.map(rangeOf).filter(Boolean).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const { minimum: low, maximum: high, exclusiveMinimum: above, exclusiveMaximum: below } = schema;
  const parts: string[] = [];
  if (low !== undefined && high !== undefined && above === undefined && below === undefined) {
    parts.push(`${low} … ${high}`);
  } else {
    if (above !== undefined) parts.push(`> ${above}`);
    else if (low !== undefined) parts.push(`≥ ${low}`);
    if (below !== undefined) parts.push(`< ${below}`);
    else if (high !== undefined) parts.push(`≤ ${high}`);
  }
  if (schema.multipleOf !== undefined) parts.push(`${schema.multipleOf} × n`);
  return parts.join(", ");
}

export const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

function isOfType(value: unknown, type: string): boolean {
  if (type === "null") return value === null;
  if (type === "array") return Array.isArray(value);
  if (type === "object") return typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === "integer") return Number.isInteger(value);
  return typeof value === type;
}

const TYPES = ["null", "boolean", "integer", "number", "string", "array", "object"] as const;

function typeName(type: string): string {
  const known = TYPES.find((one) => one === type);
  return known ? t(`form.type.${known}`) : type;
}

function isInRange(schema: JsonSchema, value: number): boolean {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  return (
    (minimum === undefined || value >= minimum) &&
    (maximum === undefined || value <= maximum) &&
    (exclusiveMinimum === undefined || value > exclusiveMinimum) &&
    (exclusiveMaximum === undefined || value < exclusiveMaximum) &&
    (multipleOf === undefined || Math.abs(value / multipleOf - Math.round(value / multipleOf)) < 1e-9)
  );
}

const rangeFault = (schema: JsonSchema): string =>
  t("form.fault.range", { range: rangeOf({ ...schema, anyOf: undefined } as JsonSchema) });

function textFault({ minLength = 0, maxLength, pattern }: JsonSchema, value: string): string | null {
  const length = [...value].length;
  if (length < minLength) return t("form.fault.short", { count: minLength });
  if (maxLength !== undefined && length > maxLength) return t("form.fault.long", { count: maxLength });
  if (pattern !== undefined && !fits(pattern, value)) return t("form.fault.pattern", { pattern });
  return null;
}

/** A pattern that this browser doesn't understand is left to the server. */
function fits(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}

function listFault({ items, minItems = 0, maxItems }: JsonSchema, value: readonly unknown[]): string | null {
  if (value.length < minItems) return t("form.fault.few", { count: minItems });
  if (maxItems !== undefined && value.length > maxItems) return t("form.fault.many", { count: maxItems });
  if (!items) return null;
  for (const [at, one] of value.entries()) {
    const fault = faultOf(items, one);
    if (fault !== null) return t("form.fault.item", { number: at + 1, fault });
  }
  return null;
}

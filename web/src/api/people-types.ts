/** Short names for people, projects and tokens; what isn't generated yet is written out. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Role = Schemas["Role"];
export type Scope = Schemas["Permission"];
export type MyProject = Schemas["MyProject"];
export type Me = Schemas["Me"];
export type ApiToken = Schemas["TokenOut"];
export type TokenList = Schemas["TokenList"];
export type TokenCreate = Schemas["TokenCreate"];
export type NewToken = Schemas["TokenCreated"];
export type User = Schemas["UserOut"];
export type UserPage = Schemas["UserPage"];
export type UserCreate = Schemas["UserCreate"];
export type Project = Schemas["ProjectOut"];
export type ProjectList = Schemas["ProjectList"];
export type Member = Schemas["MemberOut"];
export type MemberList = Schemas["MemberList"];

export interface AuthMethods {
  mode: "single" | "users";
  password: boolean;
  token: boolean;
  oidc: { name: string; start_url: string } | null;
}

export interface LoginSession {
  id: number;
  current: boolean;
  opened_by: string;
  created_at: number;
  seen_at: number;
  expires_at: number;
  address: string | null;
  agent: string | null;
}

export interface SessionList {
  items: LoginSession[];
}

export interface SetupLink {
  url: string;
  expires_at: number;
}

export interface AuditEntry {
  id: number;
  at: number;
  user_id: number | null;
  actor: string;
  via: string;
  via_name: string | null;
  action: string;
  target: string;
  project_id: number | null;
  address: string | null;
  request_id: string | null;
  detail: Record<string, unknown> | null;
}

export interface AuditPage {
  items: AuditEntry[];
  next_cursor: string | null;
}

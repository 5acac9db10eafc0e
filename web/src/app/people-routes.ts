/** People, their projects and tokens, and what was done by whom. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readAuditSearch } from "../lib/audit-search";
import { rootRoute } from "./root-route";

export const setPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/set-password",
  component: lazyRouteComponent(() => import("./routes/set-password-route"), "SetPasswordRoute"),
});

export const accountTabsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("./routes/account-tabs-route"), "AccountTabsRoute"),
});

export const accountRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/account-route"), "AccountRoute"),
});

export const sessionsRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "sessions",
  component: lazyRouteComponent(() => import("../features/account/sessions-page"), "SessionsPage"),
});

export const tokensRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "tokens",
  component: lazyRouteComponent(() => import("./routes/tokens-route"), "TokensRoute"),
});

export const projectsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects",
  component: lazyRouteComponent(() => import("./routes/projects-route"), "ProjectsRoute"),
});

export const projectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects/$projectId",
  params: {
    parse: ({ projectId }) => ({ projectId: Number(projectId) }),
    stringify: ({ projectId }) => ({ projectId: String(projectId) }),
  },
  component: lazyRouteComponent(() => import("./routes/project-route"), "ProjectRoute"),
});

export const usersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/users",
  component: lazyRouteComponent(() => import("./routes/users-route"), "UsersRoute"),
});

export const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import("./routes/audit-route"), "AuditRoute"),
});

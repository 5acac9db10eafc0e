/** Accounts, projects and their people. */
import { createRoute, lazyRouteComponent } from "@tanstack/react-router";
import { readAuditSearch } from "../lib/audit-search";
import { rootRoute } from "./root-route";

const setPasswordRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/set-password",
  component: lazyRouteComponent(() => import("./routes/set-password-route"), "SetPasswordRoute"),
});

const accountTabsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/account",
  component: lazyRouteComponent(() => import("./routes/account-tabs-route"), "AccountTabsRoute"),
});

const accountRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "/",
  component: lazyRouteComponent(() => import("./routes/account-route"), "AccountRoute"),
});

const sessionsRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "sessions",
  component: lazyRouteComponent(() => import("../features/account/sessions-page"), "SessionsPage"),
});

const tokensRoute = createRoute({
  getParentRoute: () => accountTabsRoute,
  path: "tokens",
  component: lazyRouteComponent(() => import("./routes/tokens-route"), "TokensRoute"),
});

const projectsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects",
  component: lazyRouteComponent(() => import("./routes/projects-route"), "ProjectsRoute"),
});

const projectRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/projects/$projectId",
  params: {
    parse: ({ projectId }) => ({ projectId: Number(projectId) }),
    stringify: ({ projectId }) => ({ projectId: String(projectId) }),
  },
  component: lazyRouteComponent(() => import("./routes/project-route"), "ProjectRoute"),
});

const usersRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/users",
  component: lazyRouteComponent(() => import("./routes/users-route"), "UsersRoute"),
});

const auditRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: lazyRouteComponent(() => import("./routes/audit-route"), "AuditRoute"),
});

export const peopleRoutes = [
  setPasswordRoute,
  accountTabsRoute.addChildren([accountRoute, sessionsRoute, tokensRoute]),
  projectsRoute,
  projectRoute,
  usersRoute,
  auditRoute,
] as const;

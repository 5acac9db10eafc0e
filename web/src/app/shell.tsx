import { ActionIcon, Tooltip } from "@mantine/core";
import { Link, Outlet } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { ApiError } from "../api/client";
import { useHealth } from "../api/get-health";
import { useMe } from "../api/get-me";
import { useLogout } from "../api/logout";
import { Icon } from "../components/icon";
import { ErrorState, Loading } from "../components/page-state";
import { t } from "../lib/i18n";
import { ColorSchemeToggle } from "./color-scheme-toggle";
import { Mark } from "./mark";
import classes from "./shell.module.css";

const LoginPage = lazy(() => import("../features/login/login-page"));

/** The frame of every page; who isn't known sees the login instead, and stays at the address asked for. */
export function Shell() {
  const me = useMe();
  const logout = useLogout();
  return (
    <>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.home}>
          <Mark />
        </Link>
        {me.data ? (
          <nav className={classes.nav} aria-label={t("nav.main")}>
            <Link to="/" className={classes.link} activeOptions={{ exact: true }}>
              {t("nav.jobs")}
            </Link>
            <Link to="/datasets" className={classes.link}>
              {t("nav.datasets")}
            </Link>
          </nav>
        ) : null}
        <div className={classes.tools}>
          <ColorSchemeToggle />
          {me.data ? (
            <Tooltip label={t("nav.logout")}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("nav.logout")}
                onClick={() => logout.mutate()}
              >
                <Icon name="logout" />
              </ActionIcon>
            </Tooltip>
          ) : null}
        </div>
      </header>
      <main id="main" className={classes.main}>
        <Inside me={me} />
      </main>
      <Footer />
    </>
  );
}

function Footer() {
  const health = useHealth();
  if (!health.data) return null;
  return (
    <footer className={classes.footer}>
      <span>{t("app.version", { version: health.data.version })}</span>
      <a href="/api/docs">{t("nav.api")}</a>
    </footer>
  );
}

function Inside({ me }: { me: ReturnType<typeof useMe> }) {
  if (me.error instanceof ApiError && me.error.status === 401) {
    return (
      <Suspense fallback={<Loading />}>
        <LoginPage />
      </Suspense>
    );
  }
  if (me.isError && !me.data) return <ErrorState error={me.error} retry={() => void me.refetch()} />;
  if (!me.data) return <Loading />;
  return <Outlet />;
}

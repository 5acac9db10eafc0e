import { Link, Outlet, useLocation } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useState } from "react";
import { ApiError } from "../api/client";
import { useHealth } from "../api/get-health";
import { useMe } from "../api/get-me";
import type { Me } from "../api/types";
import { ErrorState, Loading } from "../components/page-state";
import { t } from "../lib/i18n";
import { projectSearch, useChosenProject } from "../lib/project-choice";
import { ColorSchemeToggle } from "./color-scheme-toggle";
import { ConnectionLost } from "./connection-lost";
import { LanguageMenu } from "./language-menu";
import { Mark } from "./mark";
import { ProjectSwitcher } from "./project-switcher";
import classes from "./shell.module.css";
import { Shortcuts } from "./shortcuts";
import { WhoMenu } from "./who-menu";

const LoginPage = lazy(() => import("../features/login/login-page"));
/** Where nobody needs to be logged in. */
const OPEN = "/set-password";

/** The frame of every page; who isn't known sees the login instead, and stays at the address asked for. */
export function Shell() {
  const me = useMe();
  const known = me.data !== undefined;
  const { pathname } = useLocation();
  const [wasHere, setWasHere] = useState(false);
  useEffect(() => {
    if (known) setWasHere(true);
  }, [known]);
  return (
    <>
      <a href="#main" className={classes.skip}>
        {t("nav.skip")}
      </a>
      <header className={classes.header}>
        <Link to="/" className={classes.home} aria-label={t("app.name")}>
          <Mark />
        </Link>
        {me.data ? <Navigation me={me.data} /> : null}
        <div className={classes.tools}>
          <Shortcuts known={known} />
          <LanguageMenu />
          <ColorSchemeToggle />
          {me.data ? <WhoMenu me={me.data} onLeave={() => setWasHere(false)} /> : null}
        </div>
      </header>
      <ConnectionLost />
      <main id="main" className={classes.main}>
        {pathname === OPEN ? <Outlet /> : <Inside me={me} ended={wasHere} />}
      </main>
      <Footer />
    </>
  );
}

function Navigation({ me }: { me: Me }) {
  const chosen = useChosenProject();
  const search = projectSearch(me.projects.some((one) => one.id === chosen) ? chosen : null);
  return (
    <>
      <nav className={classes.nav} aria-label={t("nav.main")}>
        <Link
          to="/"
          search={search}
          className={classes.link}
          activeOptions={{ exact: true, includeSearch: false }}
        >
          {t("nav.jobs")}
        </Link>
        <Link to="/sweeps" search={search} className={classes.link} activeOptions={{ includeSearch: false }}>
          {t("nav.sweeps")}
        </Link>
        <Link to="/queue" search={search} className={classes.link} activeOptions={{ includeSearch: false }}>
          {t("nav.queue")}
        </Link>
        <Link
          to="/datasets"
          search={search}
          className={classes.link}
          activeOptions={{ includeSearch: false }}
        >
          {t("nav.datasets")}
        </Link>
        {me.mlflow ? (
          <Link to="/mlflow" className={classes.link} activeOptions={{ includeSearch: false }}>
            {t("nav.mlflow")}
          </Link>
        ) : null}
      </nav>
      {me.projects.length > 1 ? <ProjectSwitcher me={me} /> : null}
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

function Inside({ me, ended }: { me: ReturnType<typeof useMe>; ended: boolean }) {
  if (me.error instanceof ApiError && me.error.status === 401) {
    return (
      <Suspense fallback={<Loading />}>
        <LoginPage ended={ended} />
      </Suspense>
    );
  }
  if (me.isError && !me.data) return <ErrorState error={me.error} retry={() => void me.refetch()} />;
  if (!me.data) return <Loading />;
  return <Outlet />;
}

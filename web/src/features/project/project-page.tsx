import type { Me, Project } from "../../api/types";
import { ButtonLink } from "../../components/button-link";
import { PageHead } from "../../components/page-head";
import { Tag } from "../../components/tag";
import { t } from "../../lib/i18n-people";
import { administers, mayIn } from "../../lib/permissions";
import { useTitle } from "../../lib/use-title";
import { DeleteProject } from "./delete-project";
import { MembersCard } from "./members-card";
import classes from "./project.module.css";
import { RenameProject } from "./rename-project";

interface Props {
  me: Me;
  project: Project;
  /** Leaves the page of a project that is no more. */
  onGone: () => Promise<void>;
}

/** A project's name and members; who administers it changes both here. */
export function ProjectPage({ me, project, onGone }: Props) {
  useTitle(project.name);
  const mayChange = mayIn(me, "admin", project.id);
  return (
    <>
      <PageHead
        title={project.name}
        note={<Tag tone="accent">{t(`role.${project.role}`)}</Tag>}
        actions={
          <span className={classes.links}>
            <ButtonLink size="xs" variant="default" to="/" search={{ project: project.id }}>
              {t("nav.jobs")}
            </ButtonLink>
            <ButtonLink size="xs" variant="default" to="/datasets" search={{ project: project.id }}>
              {t("nav.datasets")}
            </ButtonLink>
            {mayChange ? (
              <ButtonLink size="xs" variant="default" to="/audit" search={{ project: project.id }}>
                {t("nav.audit")}
              </ButtonLink>
            ) : null}
          </span>
        }
        {...(mayChange ? {} : { text: t("project.readOnly") })}
      />
      <div className={classes.page}>
        <MembersCard me={me} project={project} mayChange={mayChange} />
        {mayChange ? <RenameProject key={project.name} project={project} /> : null}
        {administers(me) ? <DeleteProject project={project} onGone={onGone} /> : null}
      </div>
    </>
  );
}

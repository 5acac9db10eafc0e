import { useState } from "react";
import { useListMembers } from "../../api/list-members";
import { usePutMember } from "../../api/put-member";
import { useRemoveMember } from "../../api/remove-member";
import type { Me, Member, Project } from "../../api/types";
import { Card } from "../../components/card";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { Notice } from "../../components/notice";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-people";
import { mayIn } from "../../lib/permissions";
import { AddMember } from "./add-member";
import { MemberRow } from "./member-row";
import classes from "./project.module.css";

interface Props {
  me: Me;
  project: Project;
  mayChange: boolean;
}

/** Who belongs to a project, and what each may do. */
export function MembersCard({ me, project, mayChange }: Props) {
  const query = useListMembers(project.id);
  const put = usePutMember(project.id);
  const remove = useRemoveMember(project.id);
  const [asking, setAsking] = useState<Member | null>(null);
  const members = query.data?.items ?? [];
  const wished = put.isPending ? put.variables : null;
  /** What was just chosen is shown until the server has said whether it is so. */
  const asWished = (member: Member): Member =>
    wished?.userId === member.user_id
      ? { ...member, role: wished.role, run_code: wished.run_code ?? member.run_code }
      : member;
  return (
    <Card
      title={t("project.members")}
      note={query.data ? t("project.memberCount", { count: members.length }) : null}
      flush
    >
      {put.isError ? (
        <div className={classes.fault}>
          <Notice tone="bad" testId="member-fault">
            {put.error.message || t("error.unreachable")}
          </Notice>
        </div>
      ) : null}
      {query.data ? (
        members.length === 0 ? (
          <EmptyState title={t("project.noMembers")} text={t("project.noMembersText")} />
        ) : (
          <table className="table stacked">
            <thead>
              <tr>
                <th>{t("project.person")}</th>
                <th>{t("projects.role")}</th>
                <th>{t("projects.runCode")}</th>
                {mayChange ? <td /> : null}
              </tr>
            </thead>
            <tbody>
              {members.map((one) => (
                <MemberRow
                  key={one.user_id}
                  member={asWished(one)}
                  isMe={one.user_id === me.id}
                  mayChange={mayChange}
                  mayGrant={mayIn(me, "run_code", project.id)}
                  pending={put.isPending && put.variables.userId === one.user_id}
                  onChange={(change) =>
                    put.mutate({ userId: one.user_id, role: one.role, run_code: one.run_code, ...change })
                  }
                  onRemove={() => setAsking(one)}
                />
              ))}
            </tbody>
          </table>
        )
      ) : query.isError ? (
        <ErrorState error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Loading rows={3} />
      )}
      {mayChange && query.data ? <AddMember projectId={project.id} members={members} /> : null}
      <div className={classes.explained}>
        <p>{t("project.rolesText")}</p>
        <p>{t("project.runCodeText")}</p>
      </div>
      {asking ? (
        <ConfirmDialog
          title={t("project.removeTitle", { name: asking.name, project: project.name })}
          text={t("project.removeText")}
          action={t("project.remove")}
          pending={remove.isPending}
          error={remove.error}
          onClose={() => {
            remove.reset();
            setAsking(null);
          }}
          onConfirm={() => remove.mutate(asking.user_id, { onSuccess: () => setAsking(null) })}
        />
      ) : null}
    </Card>
  );
}

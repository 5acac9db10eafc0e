import { Autocomplete, Button, NativeSelect } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useListUsers } from "../../api/list-users";
import { usePutMember } from "../../api/put-member";
import type { Member, Role } from "../../api/types";
import { t } from "../../lib/i18n-people";
import { ROLES, roleChoices } from "./member-row";
import classes from "./project.module.css";

interface Props {
  projectId: number;
  members: readonly Member[];
}

/** Adds somebody who has an account already, by name. */
export function AddMember({ projectId, members }: Props) {
  const users = useListUsers();
  const put = usePutMember(projectId);
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const known = users.data?.pages.flatMap((page) => page.items) ?? [];
  const there = new Set(members.map((one) => one.user_id));
  const others = known.filter((one) => !there.has(one.id) && !one.disabled);
  const typed = name.trim().toLowerCase();
  const chosen = others.find((one) => one.name === typed);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (chosen) put.mutate({ userId: chosen.id, role }, { onSuccess: () => setName("") });
  };
  return (
    <form className={`${classes.row} ${classes.add}`} onSubmit={submit}>
      <Autocomplete
        label={t("project.addName")}
        placeholder={t("project.addPlaceholder")}
        value={name}
        onChange={setName}
        data={others.map((one) => one.name)}
        limit={20}
        autoCapitalize="none"
        spellCheck={false}
        error={faultOf()}
        data-testid="add-name"
      />
      <NativeSelect
        label={t("projects.role")}
        value={role}
        onChange={(event) => setRole(ROLES.find((one) => one === event.currentTarget.value) ?? "viewer")}
        data={roleChoices()}
        data-testid="add-role"
      />
      <Button type="submit" disabled={!chosen} loading={put.isPending} data-testid="add-member">
        {t("project.add")}
      </Button>
    </form>
  );

  function faultOf(): string | null {
    if (put.isError) return put.error.message || t("error.unreachable");
    if (users.isError) return users.error.message || t("error.unreachable");
    if (typed === "" || chosen || users.isPending || others.some((one) => one.name.startsWith(typed)))
      return null;
    return t(members.some((one) => one.name === typed) ? "project.alreadyMember" : "project.noSuchUser", {
      name: typed,
    });
  }
}

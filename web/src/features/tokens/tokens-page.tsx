import { Button } from "@mantine/core";
import { useState } from "react";
import { useListTokens } from "../../api/list-tokens";
import { useRevokeToken } from "../../api/revoke-token";
import type { ApiToken, Me, NewToken } from "../../api/types";
import { Card } from "../../components/card";
import { ConfirmDialog } from "../../components/confirm-dialog";
import { EmptyState, ErrorState, Loading } from "../../components/page-state";
import { t } from "../../lib/i18n-people";
import { useTitle } from "../../lib/use-title";
import { MadeToken } from "./made-token";
import { TokenForm } from "./token-form";
import { TokenTable } from "./token-table";
import classes from "./tokens.module.css";
import { UseToken } from "./use-token";

/** One's own tokens for programs and for the command line. */
export function TokensPage({ me }: { me: Me }) {
  useTitle(t("tokens.title"));
  const query = useListTokens();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewToken | null>(null);
  const [asking, setAsking] = useState<ApiToken | null>(null);
  const revoke = useRevokeToken();
  if (!query.data) {
    return query.isError ? (
      <ErrorState error={query.error} retry={() => void query.refetch()} />
    ) : (
      <Loading rows={3} />
    );
  }
  const { items } = query.data;
  return (
    <div className={classes.page}>
      {made ? <MadeToken token={made} onDone={() => setMade(null)} /> : null}
      <Card
        title={t("tokens.title")}
        note={t("tokens.note")}
        actions={
          <Button
            size="xs"
            onClick={() => {
              setMade(null);
              setMaking(true);
            }}
            data-testid="new-token"
          >
            {t("tokens.new")}
          </Button>
        }
        flush
      >
        {items.length === 0 ? (
          <EmptyState title={t("tokens.none")} text={t("tokens.noneText")} />
        ) : (
          <TokenTable tokens={items} me={me} onRevoke={setAsking} />
        )}
      </Card>
      <UseToken />
      {making ? (
        <TokenForm
          me={me}
          onClose={() => setMaking(false)}
          onMade={(token) => {
            setMaking(false);
            setMade(token);
          }}
        />
      ) : null}
      {asking ? (
        <ConfirmDialog
          title={t("tokens.revokeTitle", { name: asking.name })}
          text={t("tokens.revokeText")}
          action={t("tokens.revoke")}
          pending={revoke.isPending}
          error={revoke.error}
          onClose={() => {
            revoke.reset();
            setAsking(null);
          }}
          onConfirm={() => revoke.mutate(asking.id, { onSuccess: () => setAsking(null) })}
        />
      ) : null}
    </div>
  );
}

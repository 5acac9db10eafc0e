import { TextInput } from "@mantine/core";
import type { Launcher } from "../../api/types";
import { Card } from "../../components/card";
import { LauncherField } from "../../components/launcher-field";
import { NOTE_BELOW } from "../../components/note-below";
import { ResourceFields } from "../../components/resource-fields";
import { RestartsField } from "../../components/restarts-field";
import { t } from "../../lib/i18n-sweeps";
import type { Offer } from "../../lib/resources";
import { type Draft, placeFaults } from "./draft";
import classes from "./new-sweep.module.css";

interface Props {
  draft: Draft;
  launchers: readonly Launcher[];
  offer: Offer;
  onChange: (patch: Partial<Draft>) => void;
}

/** Where the trials run, how many of them at once, and what each is given. */
export function PlaceFields({ draft, launchers, offer, onChange }: Props) {
  const faults = placeFaults(draft, offer);
  const resources = <ResourceFields fields={draft} offer={offer} errors={faults} onChange={onChange} />;
  return (
    <Card title={t("newSweep.place")}>
      <div className={classes.fields}>
        <LauncherField
          launchers={launchers}
          value={draft.launcher}
          onChange={(launcher) => onChange({ launcher })}
          testId="sweep-launcher"
        />
        <TextInput
          label={t("newSweep.parallel")}
          description={t("newSweep.parallelText")}
          {...NOTE_BELOW}
          inputMode="numeric"
          value={draft.parallel}
          error={faults.parallel}
          onChange={(event) => onChange({ parallel: event.currentTarget.value })}
          data-testid="sweep-parallel"
        />
        {offer.cluster ? (
          <RestartsField
            value={draft.restarts}
            error={faults.restarts}
            onChange={(restarts) => onChange({ restarts })}
          />
        ) : null}
        {offer.cluster ? null : resources}
      </div>
      {offer.cluster ? <div className={`${classes.resources} ${classes.below}`}>{resources}</div> : null}
    </Card>
  );
}

import { Button } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { useCreateImport } from "../../api/create-import";
import type { MyProject } from "../../api/types";
import { Card } from "../../components/card";
import { CommandLine } from "../../components/command-line";
import { Notice } from "../../components/notice";
import { RichText } from "../../components/rich-text";
import type { ImportSearch } from "../../lib/dataset-search";
import { t } from "../../lib/i18n-datasets";
import { UPLOAD } from "../../lib/import-source";
import { useTitle } from "../../lib/use-title";
import { nameFrom } from "./dataset-name";
import classes from "./import.module.css";
import { OptionFields } from "./option-fields";
import { bodyOf, faultOf, INITIAL, type Options } from "./options";
import { ProjectField } from "./project-field";
import { type Kind, SourceFields } from "./source-fields";
import { useUpload } from "./use-upload";

interface Props {
  /** Fills the form, as when an import is tried again with other options. */
  search: ImportSearch;
  /** Those into which one may import. */
  projects: readonly MyProject[];
  /** The one that is chosen at first. */
  usual: number | null;
  /** Whether one may read any folder of the server's machine. */
  ownServer: boolean;
}

export function ImportPage({ search, projects, usual, ownServer }: Props) {
  useTitle(t("import.title"));
  const navigate = useNavigate();
  const create = useCreateImport();
  const upload = useUpload();
  const { source: given = "", name: givenName = "" } = search;
  const [again, setAgain] = useState(given.startsWith(UPLOAD) ? given.slice(UPLOAD.length) : null);
  const [kind, setKind] = useState<Kind>(kindOf(given));
  const [texts, setTexts] = useState({
    path: kindOf(given) === "path" ? given : "",
    external: kindOf(given) === "external" ? given : "",
  });
  const [options, setOptions] = useState<Options>({ ...INITIAL, project: usual, name: givenName });
  const [named, setNamed] = useState(givenName !== "");
  /** Asked to import while the upload is still on its way. */
  const [waiting, setWaiting] = useState(false);

  const uploadId = upload.upload?.id;
  const complete = again ?? uploadId;
  const source = kind === "upload" ? (complete ? UPLOAD + complete : "") : texts[kind].trim();
  const uploading = kind === "upload" && upload.upload !== null && !uploadId;
  const fault = faultOf(options);

  const fileName = upload.upload?.name ?? "";
  useEffect(() => {
    if (!uploadId) return;
    // What has arrived is there after a reload too.
    const kept = { source: UPLOAD + uploadId, name: givenName || nameFrom(fileName) };
    void navigate({
      to: "/datasets/import",
      search: (old) => ({ ...old, ...kept }),
      replace: true,
      resetScroll: false,
    });
  }, [uploadId, givenName, fileName, navigate]);

  const suggest = (from: string) => {
    if (!named) setOptions((old) => ({ ...old, name: nameFrom(from) }));
  };
  const { mutate } = create;
  const submit = useCallback(() => {
    setWaiting(false);
    mutate(bodyOf(source, options), {
      onSuccess: (made) =>
        void navigate({ to: "/datasets/imports/$importId", params: { importId: made.id } }),
    });
  }, [mutate, navigate, source, options]);
  useEffect(() => {
    if (waiting && source !== "" && fault === null) submit();
  }, [waiting, source, fault, submit]);

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (fault !== null) return;
    if (uploading) setWaiting(true);
    else if (source !== "") submit();
  };

  return (
    <div className={classes.narrow}>
      <div className={classes.head}>
        <h1 className={classes.title}>{t("import.title")}</h1>
        <p className={classes.muted}>{t("import.intro")}</p>
      </div>
      <form className={classes.page} onSubmit={onSubmit}>
        <Card title={t("import.source")}>
          <div className={classes.form}>
            <SourceFields
              kind={kind}
              ownServer={ownServer}
              onKind={setKind}
              upload={upload}
              again={again}
              onOther={() => setAgain(null)}
              onFile={(file) => {
                suggest(file.name);
                upload.start(file);
              }}
              texts={texts}
              onText={(which, text) => {
                setTexts((old) => ({ ...old, [which]: text }));
                suggest(text);
              }}
            />
          </div>
        </Card>
        <Card title={t("import.options")}>
          <div className={classes.form}>
            <ProjectField
              projects={projects}
              value={options.project}
              onChange={(project) => setOptions((old) => ({ ...old, project }))}
            />
            <OptionFields
              options={options}
              onChange={(patch) => {
                if (patch.name !== undefined) setNamed(patch.name !== "");
                setOptions((old) => ({ ...old, ...patch }));
              }}
            />
          </div>
        </Card>
        {create.isError ? (
          <Notice tone="bad">
            <RichText text={create.error.message || t("error.unreachable")} />
          </Notice>
        ) : null}
        <div className={classes.buttons}>
          <Button
            type="submit"
            disabled={fault !== null || (source === "" && !uploading)}
            loading={create.isPending}
            data-testid="start-import"
          >
            {t("import.start")}
          </Button>
          <span className={classes.muted} aria-live="polite">
            {waiting ? t("import.waiting") : null}
            {fault !== null && (source !== "" || uploading) ? t(`import.fault.${fault}`) : null}
          </span>
        </div>
      </form>
      <p className={classes.muted} style={{ margin: "24px 0 6px" }}>
        {t("import.cli")}
      </p>
      <CommandLine command="snellen datasets import ./street-signs" />
    </div>
  );
}

function kindOf(source: string): Kind {
  if (source === "" || source.startsWith(UPLOAD)) return "upload";
  return source.startsWith("/") ? "path" : "external";
}

import { TextInput } from "@mantine/core";
import { useId, useState } from "react";
import { Icon } from "../../components/icon";
import { findClass } from "../../lib/find-class";
import { t } from "../../lib/i18n-matrix";

interface Props {
  names: readonly string[];
  label: string;
  onFind: (classId: number) => void;
  disabled?: boolean;
}

/** Finds one of many classes by typing: the browser suggests names, Enter takes the first that fits. */
export function ClassFinder({ names, label, onFind, disabled = false }: Props) {
  const id = useId();
  const [text, setText] = useState("");
  const [missed, setMissed] = useState(false);
  const take = (classId: number | null) => {
    setMissed(classId === null);
    if (classId === null) return;
    setText("");
    onFind(classId);
  };
  return (
    <>
      <TextInput
        size="xs"
        w={170}
        leftSection={<Icon name="search" size={14} />}
        aria-label={label}
        placeholder={label}
        list={id}
        disabled={disabled}
        error={missed ? t("matrix.findNone") : null}
        value={text}
        onChange={(event) => {
          const { value } = event.currentTarget;
          setText(value);
          setMissed(false);
          // A suggestion that is chosen arrives as a change of the whole text.
          const { inputType } = event.nativeEvent as InputEvent;
          if (inputType === undefined || inputType === "insertReplacementText") {
            const exact = names.indexOf(value);
            if (exact >= 0) take(exact);
          }
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || text.trim() === "") return;
          event.preventDefault();
          take(findClass(names, text));
        }}
      />
      <datalist id={id}>
        {names.map((name, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two classes may have one name
          <option key={at} value={name} />
        ))}
      </datalist>
    </>
  );
}

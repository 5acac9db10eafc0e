import { TextInput } from "@mantine/core";
import { Icon } from "./icon";

interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (text: string) => void;
  className: string | undefined;
}

/** A small field that narrows down what is shown below it. */
export function FilterField({ label, value, onChange, className }: FilterFieldProps) {
  return (
    <TextInput
      size="xs"
      className={className}
      leftSection={<Icon name="search" size={14} />}
      data-search
      placeholder={label}
      aria-label={label}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

import type { ReactNode } from 'react';
import {
  Button as AriaButton, FieldError, Input, Label, ListBox, ListBoxItem, Popover, SearchField, Select, SelectValue, Text, TextArea, TextField,
} from 'react-aria-components';
import { ChevronDown, Search, X } from 'lucide-react';
import './fields.css';

export const Find = ({ value, onChange, label }: { value: string; onChange: (value: string) => void; label: string }) => (
  <SearchField className="find" aria-label={label} value={value} onChange={onChange}>
    <Search aria-hidden />
    <Input placeholder={label} />
    <AriaButton className="clear" aria-label="Clear"><X aria-hidden /></AriaButton>
  </SearchField>
);

/** One of a few. `all` stands for no choice. */
export const Choose = ({ label, value, onChange, options, all }: {
  label: string; value: string; onChange: (value: string) => void; options: readonly (readonly [string, string])[]; all?: string;
}) => (
  <Select className="choose" value={value || '*'} onChange={key => onChange(key === '*' || key == null ? '' : String(key))}>
    <Label>{label}</Label>
    <AriaButton className="button"><SelectValue /><ChevronDown aria-hidden /></AriaButton>
    <Popover className="popover">
      <ListBox className="options">
        {all && <ListBoxItem id="*" className="option">{all}</ListBoxItem>}
        {options.map(([id, text]) => <ListBoxItem key={id} id={id} className="option">{text}</ListBoxItem>)}
      </ListBox>
    </Popover>
  </Select>
);

export const Field = ({ label, value, onChange, hint, error, type = 'text', lines, required, mono, autoFocus, name }: {
  label: string; value: string; onChange: (value: string) => void; hint?: ReactNode; error?: string; type?: string; lines?: number;
  required?: boolean; mono?: boolean; autoFocus?: boolean; name?: string;
}) => (
  <TextField className="field" value={value} onChange={onChange} isInvalid={Boolean(error)} isRequired={required} type={type} name={name}
    validationBehavior="aria" autoFocus={autoFocus}>
    <Label>{label}</Label>
    {lines ? <TextArea rows={lines} className={mono ? 'mono' : undefined} spellCheck={!mono} /> : <Input />}
    {hint && <Text slot="description">{hint}</Text>}
    <FieldError>{error}</FieldError>
  </TextField>
);

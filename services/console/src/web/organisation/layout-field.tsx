import { SelectField } from '../components/select-field.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { LAYOUTS, layoutInWords } from './layouts.ts';

/** Which layout, with the key that an object of it would have. */
export function LayoutField({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const org = useOrg();
  const example = layoutInWords(value).example.replace('{org}', org.id);
  return (
    <SelectField
      label="Layout"
      name="layout"
      options={LAYOUTS}
      value={value}
      onChange={onChange}
      hint={
        <>
          Keys like <span className="font-mono text-2xs break-all">{example}</span>
        </>
      }
    />
  );
}

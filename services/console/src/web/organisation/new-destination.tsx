import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { isProblem } from '../api/client.ts';
import { destinationsPath } from '../api/queries.ts';
import { readDestination } from '../api/readers.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { TextField } from '../components/field.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { LayoutField } from './layout-field.tsx';
import { LAYOUTS } from './layouts.ts';

/** Bucket and role first; the external ID and the policies to paste exist once it is saved. */
export function NewDestination({
  open,
  onOpenChange,
}: {
  open: boolean;
  onOpenChange: (open: boolean) => void;
}) {
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Connect a bucket"
      description="After saving you get an external ID of your own and the two policies to put on the role."
    >
      <NewDestinationForm onDone={() => onOpenChange(false)} />
    </Dialog>
  );
}

function NewDestinationForm({ onDone }: { onDone: () => void }) {
  const org = useOrg();
  const { api } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const [layout, setLayout] = useState(LAYOUTS[0]?.value ?? '');
  const create = useMutation({
    mutationFn: async (body: Record<string, string>) =>
      readDestination(await api.send('POST', destinationsPath(org.id), body)),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['destinations', org.id] });
      onDone();
      await navigate({
        to: '/orgs/$org/organisation/audit-events/$id',
        params: { org: org.slug, id: made.id },
      });
    },
  });
  const submit = (event: React.FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const values = ['bucket', 'roleArn', 'prefix', 'region'].map((name) => [name, textOf(form, name)]);
    const typed = Object.fromEntries(values.filter(([, value]) => value !== '')) as Record<string, string>;
    create.mutate({ ...typed, layout });
  };
  return (
    <form className="mt-5 grid gap-4" onSubmit={submit} data-testid="destination-form">
      <TextField
        label="Bucket name"
        name="bucket"
        required
        pattern="[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"
        title="3 to 63 lower-case letters, digits, dots and hyphens"
        placeholder={`${org.slug}-audit-events`}
      />
      <TextField
        label="Role ARN"
        name="roleArn"
        required
        pattern="arn:aws[a-z\-]*:iam::\d{12}:role/.+"
        title="arn:aws:iam::<account>:role/<name>"
        placeholder="arn:aws:iam::123456789012:role/audit-events-writer"
        hint="The role that Auditorium assumes. It needs s3:PutObject on the bucket and nothing else."
      />
      <div className="grid grid-cols-2 gap-4">
        <TextField label="Prefix" name="prefix" optional placeholder="audit/" />
        <TextField
          label="Region"
          name="region"
          optional
          placeholder="eu-central-1"
          pattern="[a-z]{2}(-[a-z]+)+-\d"
          title="A region such as eu-central-1"
        />
      </div>
      <LayoutField value={layout} onChange={setLayout} />
      {create.error && (
        <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
          {isProblem(create.error) ? create.error.detail : String(create.error)}
        </p>
      )}
      <div className="mt-1 flex justify-end gap-2">
        <Button size="md" onClick={onDone}>
          Cancel
        </Button>
        <Button type="submit" look="solid" size="md" disabled={create.isPending}>
          {create.isPending ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === 'string' ? value.trim() : '';
}

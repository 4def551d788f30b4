import { Toast } from '@base-ui/react/toast';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isProblem } from '../api/client.ts';
import { destinationsPath } from '../api/queries.ts';
import type { Destination } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { Dialog } from '../components/dialog.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { LayoutField } from './layout-field.tsx';

/** Another shape of keys and lines, from the next window on. */
export function ChangeLayout({ destination }: { destination: Destination }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" onClick={() => setOpen(true)} data-testid="change-layout">
        Change
      </Button>
      <Dialog
        open={open}
        onOpenChange={setOpen}
        title="Change the layout"
        description="It counts from the next window on. What was delivered stays as it is, and nothing is sent twice."
      >
        <ChangeLayoutForm destination={destination} onDone={() => setOpen(false)} />
      </Dialog>
    </>
  );
}

function ChangeLayoutForm({ destination, onDone }: { destination: Destination; onDone: () => void }) {
  const org = useOrg();
  const { api } = useSession();
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  const [layout, setLayout] = useState(destination.layout);
  const change = useMutation({
    mutationFn: () => api.send('PATCH', destinationsPath(org.id, destination.id), { layout }),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['destination', org.id] });
      onDone();
      toasts.add({ title: 'The layout is changed', description: 'It counts from the next window on.' });
    },
  });
  return (
    <form
      className="mt-5 grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        change.mutate();
      }}
    >
      <LayoutField value={layout} onChange={setLayout} />
      {change.error && (
        <p role="alert" className="rounded-md bg-bad-soft px-3 py-2 text-sm text-bad">
          {isProblem(change.error) ? change.error.detail : String(change.error)}
        </p>
      )}
      <div className="mt-1 flex justify-end gap-2">
        <Button size="md" onClick={onDone}>
          Cancel
        </Button>
        <Button
          type="submit"
          look="solid"
          size="md"
          disabled={change.isPending || layout === destination.layout}
        >
          {change.isPending ? 'Saving…' : 'Save'}
        </Button>
      </div>
    </form>
  );
}

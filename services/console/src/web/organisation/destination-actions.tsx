import { Toast } from '@base-ui/react/toast';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Check, Pause, Play, Trash2, Zap } from 'lucide-react';
import { useState } from 'react';
import { isProblem } from '../api/client.ts';
import { destinationsPath } from '../api/queries.ts';
import { readTest, type TestResult } from '../api/readers.ts';
import type { Destination } from '../api/types.ts';
import { Button } from '../components/button.tsx';
import { Dialog, Question } from '../components/dialog.tsx';
import { useSession } from '../session/session-context.tsx';
import { useOrg } from '../shell/me-context.tsx';
import { causeLine } from './cause.ts';

const wording = (error: unknown) => (isProblem(error) ? error.detail : String(error));

export function DestinationActions({ destination }: { destination: Destination }) {
  const org = useOrg();
  const { api } = useSession();
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  const refresh = () =>
    Promise.all([
      queries.invalidateQueries({ queryKey: ['destination', org.id] }),
      queries.invalidateQueries({ queryKey: ['destinations', org.id] }),
    ]);
  const act = useMutation({
    mutationFn: (verb: 'pause' | 'resume') =>
      api.send('POST', `${destinationsPath(org.id, destination.id)}/${verb}`),
    onSuccess: async (_, verb) => {
      await refresh();
      toasts.add({ title: verb === 'pause' ? 'Sending is paused' : 'Sending goes on' });
    },
    onError: (error) => toasts.add({ title: 'That did not work', description: wording(error) }),
  });
  // After a conflict nothing is sent until somebody has looked, so it too is resumed by hand.
  const stopped = ['paused', 'disabled', 'conflict'].includes(destination.state);
  return (
    <div className="flex items-center gap-2">
      <TestButton destination={destination} onDone={() => void refresh()} />
      <Button
        size="md"
        disabled={act.isPending}
        onClick={() => act.mutate(stopped ? 'resume' : 'pause')}
        data-testid={stopped ? 'resume' : 'pause'}
      >
        {stopped ? (
          <>
            <Play /> Resume
          </>
        ) : (
          <>
            <Pause /> Pause
          </>
        )}
      </Button>
      <DeleteButton destination={destination} />
    </div>
  );
}

/** Writes one small object. The button turns green, or the one cause and its fix are shown. */
function TestButton({ destination, onDone }: { destination: Destination; onDone: () => void }) {
  const org = useOrg();
  const { api } = useSession();
  const [told, setTold] = useState<TestResult>();
  const test = useMutation({
    mutationFn: async () =>
      readTest(await api.send('POST', `${destinationsPath(org.id, destination.id)}/test`)),
    onSuccess: (result) => setTold(result.ok && result.warnings.length === 0 ? undefined : result),
    onError: (error) =>
      setTold({
        ok: false,
        message: wording(error),
        warnings: [],
        code: isProblem(error) ? error.code : 'unexpected',
      }),
    onSettled: onDone,
  });
  const passed = test.data?.ok === true && !test.isPending;
  return (
    <>
      <Button
        size="md"
        className={passed ? 'border-ok-mark/40 bg-ok-soft text-ok hover:bg-ok-soft' : ''}
        disabled={test.isPending}
        onClick={() => test.mutate()}
        data-testid="test"
      >
        {passed ? <Check /> : <Zap />} {test.isPending ? 'Testing…' : passed ? 'Test passed' : 'Test'}
      </Button>
      <TestDialog result={told} onClose={() => setTold(undefined)} />
    </>
  );
}

function TestDialog({ result, onClose }: { result: TestResult | undefined; onClose: () => void }) {
  return (
    <Dialog
      open={result !== undefined}
      onOpenChange={(open) => !open && onClose()}
      title={result?.ok ? 'The test passed, but' : 'The test did not pass'}
    >
      <div role="alert" className="mt-3 grid gap-2 text-sm">
        {result?.ok === false && <p className="font-medium text-bad">{result.message}</p>}
        {result?.warnings.map((warning) => (
          <p key={warning}>{warning}</p>
        ))}
        {result?.fix && <p>{result.fix}</p>}
        <p className="font-mono text-2xs break-all text-faint">{result && !result.ok && causeLine(result)}</p>
      </div>
      <div className="mt-5 flex justify-end">
        <Button size="md" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

function DeleteButton({ destination }: { destination: Destination }) {
  const org = useOrg();
  const { api } = useSession();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const toasts = Toast.useToastManager();
  const [asking, setAsking] = useState(false);
  const remove = useMutation({
    mutationFn: () => api.send('DELETE', destinationsPath(org.id, destination.id)),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['destinations', org.id] });
      await navigate({ to: '/orgs/$org/organisation/audit-events', params: { org: org.slug } });
      toasts.add({
        title: 'Destination deleted',
        description: 'Nothing more is sent. What was delivered stays in the bucket.',
      });
    },
    onError: (error) => toasts.add({ title: 'It was not deleted', description: wording(error) }),
  });
  return (
    <>
      <Button look="danger" size="md" onClick={() => setAsking(true)} data-testid="delete">
        <Trash2 /> Delete
      </Button>
      <Question
        open={asking}
        onOpenChange={setAsking}
        title="Delete this destination?"
        description={`All sending to ${destination.bucket} stops at once. Objects that were delivered stay there; the events stay in the log.`}
      >
        <Button size="md" onClick={() => setAsking(false)}>
          No
        </Button>
        <Button look="dangerSolid" size="md" disabled={remove.isPending} onClick={() => remove.mutate()}>
          Yes
        </Button>
      </Question>
    </>
  );
}

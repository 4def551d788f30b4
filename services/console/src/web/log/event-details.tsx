import { ListFilter } from 'lucide-react';
import type { ReactNode } from 'react';
import type { ShownEvent } from '../api/readers.ts';
import { Tag } from '../components/badge.tsx';
import { CopyButton } from '../components/copy.tsx';
import { Button } from '../components/button.tsx';
import { TimeHint } from '../components/time-stamp.tsx';
import { FieldDiff } from './field-diff-table.tsx';
import { ProofSection } from './proof-section.tsx';
import { Section } from './section.tsx';
import { actorName } from './sentence.ts';
import { useLogSearch } from './use-log-search.ts';
import { JsonBlock } from './raw-event.tsx';

export function EventDetails({ shown, proofPending }: { shown: ShownEvent; proofPending: boolean }) {
  const { data } = shown.event;
  return (
    <>
      <What shown={shown} />
      <Who shown={shown} />
      <Where shown={shown} />
      {data.targets.length > 0 && <Targets shown={shown} />}
      {(data.before !== undefined || data.after !== undefined) && (
        <Section title="Changes">
          <FieldDiff before={data.before} after={data.after} />
        </Section>
      )}
      {data.metadata !== undefined && data.metadata !== null && (
        <Section title="Metadata">
          <JsonBlock value={data.metadata} className="max-h-72" />
        </Section>
      )}
      <ProofSection proof={shown.proof} pending={proofPending} />
    </>
  );
}

/** A name and a value; hovering offers to copy the value or to filter the log by it. */
export function Fact({
  label,
  value,
  copy,
  filter,
  children,
}: {
  label: string;
  value?: string | undefined;
  copy?: boolean;
  filter?: Parameters<ReturnType<typeof useLogSearch>['change']>[0];
  children?: ReactNode;
}) {
  const { change } = useLogSearch();
  if (value === undefined && children === undefined) return null;
  return (
    <div className="group/fact grid min-h-7 grid-cols-[7.5rem_minmax(0,1fr)_auto] items-center gap-2">
      <dt className="text-faint">{label}</dt>
      <dd className="min-w-0 break-words">
        {children ?? <span className="font-mono text-xs break-all">{value}</span>}
      </dd>
      <span className="flex opacity-0 group-focus-within/fact:opacity-100 group-hover/fact:opacity-100 pointer-coarse:opacity-100">
        {filter && (
          <Button
            look="ghost"
            size="iconXs"
            aria-label={`Filter by this ${label.toLowerCase()}`}
            title="Filter by this"
            onClick={() => change(filter)}
          >
            <ListFilter />
          </Button>
        )}
        {copy && value !== undefined && <CopyButton text={value} label={`Copy ${label.toLowerCase()}`} />}
      </span>
    </div>
  );
}

function What({ shown: { event } }: { shown: ShownEvent }) {
  return (
    <Section title="Event">
      <dl>
        <Fact label="Action" value={event.type} copy filter={{ action: event.type }} />
        <Fact label="Time">
          <span className="text-xs [&>span]:opacity-100">
            <TimeHint time={event.time} />
          </span>
        </Fact>
        <Fact label="Source" value={event.source} />
        <Fact label="Event ID" value={event.id} copy />
      </dl>
    </Section>
  );
}

function Who({ shown: { event } }: { shown: ShownEvent }) {
  const { actor } = event.data;
  const address = `${actor.type}/${actor.id}`;
  const roles =
    typeof event.actorroles === 'string'
      ? event.actorroles.split(',').filter(Boolean)
      : (event.actorroles ?? []);
  return (
    <Section title="Who">
      <dl data-testid="who">
        <Fact label="Actor" filter={{ actor: address }}>
          {event.actorname ? (
            <span className="font-medium">{actorName(event)}</span>
          ) : (
            <span className="text-soft">Name not known, or erased</span>
          )}
        </Fact>
        {event.actoremail && <Fact label="E-mail" value={event.actoremail} copy />}
        <Fact label="Actor ID" value={address} copy />
        {roles.length > 0 && (
          <Fact label="Roles then">
            <span className="flex flex-wrap gap-1">
              {roles.map((role) => (
                <Tag key={role}>{role}</Tag>
              ))}
            </span>
          </Fact>
        )}
      </dl>
    </Section>
  );
}

function Where({ shown: { event } }: { shown: ShownEvent }) {
  const context = event.data.context ?? {};
  const known = context.ip ?? context.userAgent ?? context.requestId ?? context.traceId;
  return (
    <Section title="From where">
      {known === undefined ? (
        <p className="text-soft">The producer gave no address, client or request.</p>
      ) : (
        <dl data-testid="where">
          <Fact label="IP address" value={context.ip} copy />
          {context.userAgent && (
            <Fact label="User agent">
              <span className="text-xs text-soft">{context.userAgent}</span>
            </Fact>
          )}
          <Fact label="Request ID" value={context.requestId} copy />
          <Fact label="Trace ID" value={context.traceId} copy />
        </dl>
      )}
    </Section>
  );
}

function Targets({ shown: { event } }: { shown: ShownEvent }) {
  const { targets } = event.data;
  return (
    <Section title={targets.length === 1 ? 'Target' : `Targets (${targets.length})`}>
      <dl data-testid="targets">
        {targets.map((target) => (
          <Fact
            key={`${target.type}/${target.id}`}
            label={target.type}
            value={`${target.type}/${target.id}`}
            copy
            filter={{ target: `${target.type}/${target.id}` }}
          >
            {target.name && <span className="mr-2 font-medium">{target.name}</span>}
            <span className="font-mono text-xs break-all text-soft">{target.id}</span>
          </Fact>
        ))}
      </dl>
    </Section>
  );
}

import type { NetworkProxy } from './network-proxy.ts';

/** Begins a fault; what it returns ends it. Afterwards everything passes again. */
export type NetworkFault = (proxy: NetworkProxy) => () => void;

const CUT_EVERY_MS = 40;
const SLOW_MS = 120;

/**
 * What a network does to whoever talks to PostgreSQL or Kafka. The lost ones end with every connection gone, as after a
 * failover; the late ones with everything arriving that was sent meanwhile, as after a route that flapped.
 */
export const NETWORK_FAULTS = {
  'cuts, again and again': (proxy) => {
    const timer = setInterval(() => proxy.cut(), CUT_EVERY_MS);
    return () => clearInterval(timer);
  },
  'a server that is down': (proxy) => {
    proxy.refuse(true);
    proxy.cut();
    return () => proxy.heal();
  },
  'a server that takes connections and says nothing, and whose connections are lost': (proxy) => {
    proxy.flow({ toServer: 'hold', toClient: 'hold' });
    return () => {
      proxy.cut();
      proxy.heal();
    };
  },
  'a silence after which everything comes late': (proxy) => {
    proxy.flow({ toServer: 'hold', toClient: 'hold' });
    return () => proxy.heal();
  },
  'answers that are lost': (proxy) => {
    proxy.flow({ toClient: 'hold' });
    return () => {
      proxy.cut();
      proxy.heal();
    };
  },
  'questions that land late': (proxy) => {
    proxy.flow({ toServer: 'hold' });
    return () => proxy.heal();
  },
  'a slow way': (proxy) => {
    proxy.flow({ toServer: { delayMs: SLOW_MS }, toClient: { delayMs: SLOW_MS } });
    return () => proxy.heal();
  },
} as const satisfies Readonly<Record<string, NetworkFault>>;

/** The name of one of them. */
export type NetworkFaultName = keyof typeof NETWORK_FAULTS;

import { Toast } from '@base-ui/react/toast';
import { X } from 'lucide-react';
import { buttonStyle } from './button.tsx';

/** Short confirmations at the lower right; announced to screen readers by Base UI. */
export function Toasts() {
  const { toasts } = Toast.useToastManager();
  return (
    <Toast.Portal>
      <Toast.Viewport className="fixed right-4 bottom-4 z-70 flex w-80 flex-col gap-2 outline-none">
        {toasts.map((toast) => (
          <Toast.Root
            key={toast.id}
            toast={toast}
            className="flex items-start gap-2 rounded-lg bg-raised p-3 shadow-float transition-opacity data-ending-style:opacity-0 data-starting-style:opacity-0"
          >
            <div className="min-w-0 flex-1">
              <Toast.Title className="text-sm font-medium" />
              <Toast.Description className="text-xs break-words text-soft" />
            </div>
            <Toast.Close aria-label="Dismiss" className={buttonStyle({ look: 'ghost', size: 'iconXs' })}>
              <X />
            </Toast.Close>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}

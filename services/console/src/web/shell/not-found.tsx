import { Link } from '@tanstack/react-router';
import { Compass } from 'lucide-react';
import { buttonStyle } from '../components/button.tsx';
import { Notice } from '../components/notice.tsx';

/** The same for what does not exist and for what the reader may not know of. */
export function NotFoundPage() {
  return (
    <main className="grid min-h-dvh place-items-center" data-testid="not-found">
      <title>Not found · Auditorium</title>
      <Notice
        icon={<Compass />}
        title="There is nothing here"
        actions={
          <Link to="/" className={buttonStyle({ look: 'outline', size: 'md' })}>
            Go to your organisations
          </Link>
        }
      >
        The page does not exist, or it belongs to an organisation you are not a member of.
      </Notice>
    </main>
  );
}

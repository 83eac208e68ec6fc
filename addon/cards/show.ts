// Which function draws which card. A card that this build does not know comes from a newer server: the card says so.
import type { Card } from '../../shared/card-api.ts';
import type { Env } from '../env.ts';
import { blockCard } from './block.ts';
import { bookingCard } from './booking.ts';
import { chooseCard } from './choose.ts';
import { costCard } from './cost.ts';
import { freeNowCard } from './free-now.ts';
import { homeCard } from './home.ts';
import { newCard } from './new.ts';
import { problemCard } from './problem.ts';
import { reassignCard } from './reassign.ts';
import { rescheduleCard } from './reschedule.ts';
import { settingsCard } from './settings.ts';
import { unlinkedCard } from './unlinked.ts';
import { welcomeCard } from './welcome.ts';

export function cardOf(card: Card, surroundings: Env): GoogleAppsScript.Card.Card {
  const env = { ...surroundings, on: card.card };
  switch (card.card) {
    case 'home':
      return homeCard(card, env);
    case 'booking':
      return bookingCard(card, env);
    case 'reschedule':
      return rescheduleCard(card, env);
    case 'reassign':
      return reassignCard(card, env);
    case 'new':
      return newCard(card, env);
    case 'freeNow':
      return freeNowCard(card, env);
    case 'block':
      return blockCard(card, env);
    case 'cost':
      return costCard(card, env);
    case 'unlinked':
      return unlinkedCard(card, env);
    case 'settings':
      return settingsCard(card, env);
    case 'welcome':
      return welcomeCard(card, env);
    case 'choose':
      return chooseCard(card, env);
    case 'problem':
      return problemCard(card, env);
    default:
      return problemCard(outdated(env), env);
  }
}

const outdated = ({ t }: Env) => ({
  card: 'problem' as const,
  code: 'outdated' as const,
  words: t.outdatedWords,
  next: t.outdatedNext,
  to: null,
});

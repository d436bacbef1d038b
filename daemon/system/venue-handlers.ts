/** What the daemon does with each thing the venue says, the market aside. */
import { reportKeyScope, watchVenueSession } from '../../actors/guard/index.ts';
import type { VenueRoomHandlers } from '../../actors/venue/index.ts';
import type { VenueAnnouncement } from '../../streams/facts/venue-announcement.ts';
import type { System } from '../system.ts';

/** A broken link takes books, orders out of sight and permission with it; a new one must be proved. */
function onLink(
  system: System,
  session: ReturnType<typeof watchVenueSession>,
): VenueRoomHandlers['onLink'] {
  return (link) => {
    system.market.onLink(link);
    session.onLink(link);
    system.options.ports.telemetry.log.info('venue.link', { ...link });
    if (link.kind === 'down') {
      system.execution.onLinkDown(link.cause);
      return;
    }
    system.execution.onLinkUp();
    system.startReconciling();
  };
}

/** What the venue announces is a fact: who asks later why the mode fell finds it. */
function onAnnouncement(system: System, said: VenueAnnouncement): void {
  const { config, ports } = system.options;
  const { maintenance } = said;
  const payload = {
    venue: config.profile.wiring.venue.name,
    announcement_id: said.id,
    action: said.action,
    title: said.title,
    body: said.body,
    important: said.important,
    published_us: said.publishedUs,
    maintenance:
      maintenance === null ? null : { from_us: maintenance.fromUs, until_us: maintenance.untilUs },
  };
  system.controlRecord.soon('venue.announcement', payload);
  ports.telemetry.log[maintenance === null ? 'info' : 'warn']('venue.announcement', payload);
}

export function venueHandlers(system: System): Omit<VenueRoomHandlers, 'onMarket'> {
  const { log } = system.options.ports.telemetry;
  const session = watchVenueSession(system.guard);
  return {
    onLink: onLink(system, session),
    onInstruments: (listings) => {
      system.feeAge.note(system.options.ports.clock.nowUs());
      system.market.setInstruments(listings.map(({ instrument }) => instrument));
      for (const { instrument, state } of listings) system.market.setState(instrument.name, state);
    },
    onInstrumentState: (name, state) => {
      system.market.setState(name, state);
      // Expired with a position of ours: the venue has turned it into cash, and its records say so.
      if (state === 'closed' && system.execution.standing.positionLots(name) !== 0)
        void system.reconciliation.request(`expiry of ${name}`);
    },
    onOrder: (order) => system.execution.onVenueOrder(order),
    onTrade: (trade) => system.execution.onVenueTrade(trade),
    onScopes: (verdict) => reportKeyScope(system.guard, verdict),
    onQuarantine: (frame) => system.gate.refuseFrame(frame),
    onAnnouncement: (announcement) => onAnnouncement(system, announcement),
    onState: (state, cause) => log.info('venue.state', { state, cause }),
    onError: (error) => {
      log.warn('venue.error', { code: error.code, message: error.message });
      if (error.code === 'VENUE_SESSION_TERMINATED') session.onTerminated(error.message);
    },
    onFatal: (error) => system.fail(error),
  };
}

import { Field, Int, ObjectType } from 'type-graphql';
import type { LicenceUsageRow } from '../projections/userListRows';

/** The GraphQL shape of a licence usage; rows come as plain objects of that shape. */
@ObjectType('LicenceUsage', { simpleResolvers: true, description: 'How many licences an app has and where they are. Partners never move any of these numbers.' })
export class LicenceUsage implements Omit<LicenceUsageRow, 'appId'> {
  @Field(() => Int, { description: 'All licences of the app.' })
  readonly total: number;

  @Field(() => Int, { description: 'Licences of active users.' })
  readonly used: number;

  @Field(() => Int, { description: 'Licences kept for users with an open invitation.' })
  readonly reserved: number;

  @Field(() => Int, { description: 'Licences with which users can still be invited: total less used and reserved.' })
  readonly available: number;
}

import { Arg, Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { AccountCentral } from './accountCentral';
import { AsOfInput } from './asOfInput';
import type { RequestContext } from './requestContext';
import { Viewer } from './viewer';
import { viewerAccounts } from './viewerAccounts';

/** What the signed-in person sees of themselves. */
@Resolver(() => Viewer)
export class ViewerResolver {
  @Query(() => Viewer, { description: 'The person who is signed in.' })
  viewer(@Ctx() context: RequestContext): Viewer {
    return new Viewer(context.requireCaller());
  }

  @FieldResolver(() => AccountCentral, { name: 'accountCentral', description: 'Their Account Central.' })
  ownAccountCentral(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'As it was then; only apps that they are in now are shown.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AccountCentral> {
    return viewerAccounts(context, asOf);
  }

  @Query(() => AccountCentral, { description: 'The viewer\'s Account Central.' })
  accountCentral(
    @Arg('asOf', () => AsOfInput, { nullable: true, description: 'As it was then; only apps that the viewer is in now are shown.' }) asOf: AsOfInput | null | undefined,
    @Ctx() context: RequestContext,
  ): Promise<AccountCentral> {
    return viewerAccounts(context, asOf);
  }
}

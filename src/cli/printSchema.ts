import { printApiSchema } from '../resolvers/schema';

process.stdout.write(printApiSchema());

import { Body, Controller, Get, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Customers } from '#libs/organization/application/customers/customers';
import type { Customer, KnownCustomer } from '#libs/organization/domain/customers/customer.state';
import { CustomerList } from '#libs/organization/infrastructure/read-models/customer-list/customer-list.query';
import { At, Door } from '../http/door.js';
import { listed } from '../http/dto.js';
import { AsOfQuery, ChangesAnswer, RevisionsQuery } from '../http/history.dto.js';
import { historyAnswer } from '../http/history.presenter.js';
import { Refuses } from '../http/refuses.js';
import { CommandRoute, Requires } from '../http/routes.js';
import { EventsAnswer } from '../reviews/review-answers.dto.js';
import {
  ChangeCustomerBody,
  CustomerAnswer,
  CustomerReceiptAnswer,
  CustomersAnswer,
  CustomersQuery,
  RegisterCustomerBody,
} from './customer.dto.js';

@ApiTags('Customers')
@Controller('customers')
export class CustomersController {
  constructor(
    private readonly customers: Customers,
    private readonly customerList: CustomerList,
  ) {}

  @Get()
  @Requires('customer:read')
  @ApiOperation({ summary: 'The customers that the caller may see, by number' })
  @ApiOkResponse({ type: CustomersAnswer })
  @Refuses('unknown-parameter', 'invalid-parameter', 'invalid-cursor', 'read-model-behind')
  list(@Query() { type, status, branch, owner, ...query }: CustomersQuery, @At() at: Door) {
    const filters = { type: listed(type), status: listed(status), branch: listed(branch), owner: listed(owner) };
    const access = at.access('customer:read');
    return at.eventual('customers', () => this.customerList.list({ ...query, ...filters, access }));
  }

  @Post()
  @Requires('customer:write')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Register a customer' })
  @ApiCreatedResponse({ type: CustomerReceiptAnswer })
  @Refuses('forbidden', 'already-exists', 'validation-failed', 'idempotency-key-reused')
  register(@Body() body: RegisterCustomerBody, @At() at: Door) {
    return at.receipt(this.customers.register(body, accessOf(at), at.metadata, at.options), stateOf, (state) => ({
      ...named(state),
      location: `/api/v1/customers/${named(state).body.customerId}`,
    }));
  }

  @Get(':customerId')
  @Requires('customer:read')
  @ApiOperation({ summary: 'One customer, now or at an earlier time' })
  @ApiOkResponse({ type: CustomerAnswer })
  @Refuses('not-found', 'invalid-parameter')
  async one(@Param('customerId') customerId: string, @Query() { asOf }: AsOfQuery, @At() at: Door) {
    return shown(await at.strong(this.customers.one(customerId, at.access('customer:read'), asOf)));
  }

  @Patch(':customerId')
  @Requires('customer:write')
  @CommandRoute({ key: 'optional', ifMatch: 'required' })
  @ApiOperation({ summary: 'Change what is known of a customer, or whose it is' })
  @ApiCreatedResponse({ type: CustomerReceiptAnswer })
  @Refuses('forbidden', 'not-found', 'revision-mismatch', 'precondition-required', 'validation-failed')
  change(@Param('customerId') customerId: string, @Body() body: ChangeCustomerBody, @At() at: Door) {
    const sent = this.customers.change({ ...body, customerId }, accessOf(at), at.metadata, at.options);
    return at.receipt(sent, stateOf, named);
  }

  @Post(':customerId/deactivate')
  @Requires('customer:write')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Nothing is done with this customer any more' })
  @ApiCreatedResponse({ type: CustomerReceiptAnswer })
  @Refuses('forbidden', 'not-found', 'revision-mismatch')
  deactivate(@Param('customerId') customerId: string, @At() at: Door) {
    const sent = this.customers.setStatus('DeactivateCustomer', customerId, accessOf(at), at.metadata, at.options);
    return at.receipt(sent, stateOf, named);
  }

  @Post(':customerId/activate')
  @Requires('customer:write')
  @CommandRoute({ key: 'optional' })
  @ApiOperation({ summary: 'Take a customer up again' })
  @ApiCreatedResponse({ type: CustomerReceiptAnswer })
  @Refuses('forbidden', 'not-found', 'revision-mismatch')
  activate(@Param('customerId') customerId: string, @At() at: Door) {
    const sent = this.customers.setStatus('ActivateCustomer', customerId, accessOf(at), at.metadata, at.options);
    return at.receipt(sent, stateOf, named);
  }

  @Get(':customerId/history')
  @Requires('customer:read')
  @ApiOperation({ summary: 'What has happened to a customer, oldest first' })
  @ApiOkResponse({ type: EventsAnswer })
  @Refuses('not-found')
  async history(@Param('customerId') customerId: string, @At() at: Door) {
    return historyAnswer(await this.customers.history(customerId, at.access('customer:read')));
  }

  @Get(':customerId/diff')
  @Requires('customer:read')
  @ApiOperation({ summary: 'What differs between two revisions' })
  @ApiOkResponse({ type: ChangesAnswer })
  @Refuses('not-found', 'invalid-parameter')
  diff(@Param('customerId') customerId: string, @Query() query: RevisionsQuery, @At() at: Door) {
    return at.strong(this.customers.diff(customerId, at.access('customer:read'), query));
  }
}

const accessOf = (at: Door) => ({ read: at.access('customer:read'), write: at.access('customer:write') });

const stateOf = ({ status }: Customer) => ({ status });
const named = (customer: Customer) => ({
  body: { customerId: customer.status === 'unknown' ? '' : customer.customerId },
});

function shown({
  customerId: id,
  details,
  number,
  type,
  status,
  branchId,
  ownerOfficerId,
  relatedParties,
}: KnownCustomer) {
  const { name, email, phone, address, taxId, birthDate } = details;
  return {
    id,
    number,
    type,
    status,
    name: name ?? null,
    branchId,
    ownerOfficerId,
    email: email ?? null,
    phone: phone ?? null,
    address: address ?? null,
    taxId: taxId ?? null,
    birthDate: birthDate ?? null,
    relatedParties,
  };
}

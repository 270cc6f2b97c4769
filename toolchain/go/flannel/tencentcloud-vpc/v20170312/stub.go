// Package v20170312 stands in for Tencent Cloud's VPC client, which the Go module proxy does not
// serve. It has the names that flannel's tencent-vpc backend uses and nothing behind them: every
// call fails and says so. flanneld loses that one cloud's backend, nothing else.
package v20170312

import "errors"

var errStub = errors.New(
	"this flanneld was built without Tencent Cloud's client: use its release binary for the tencent-vpc backend")

type Filter struct {
	Name   *string
	Values []*string
}

type Route struct {
	DestinationCidrBlock, GatewayType, GatewayId, RouteType *string
	RouteId                                                 *uint64
	Enabled                                                 *bool
}

type RouteTable struct {
	RouteTableId *string
	RouteSet     []*Route
}

type DescribeRouteTablesRequest struct{ Filters []*Filter }

type DescribeRouteTablesResponse struct {
	Response *struct{ RouteTableSet []*RouteTable }
}

type routesRequest struct {
	RouteTableId *string
	Routes       []*Route
}

type (
	CreateRoutesRequest routesRequest
	DeleteRoutesRequest routesRequest
)

func NewDescribeRouteTablesRequest() *DescribeRouteTablesRequest {
	return &DescribeRouteTablesRequest{}
}
func NewCreateRoutesRequest() *CreateRoutesRequest { return &CreateRoutesRequest{} }
func NewDeleteRoutesRequest() *DeleteRoutesRequest { return &DeleteRoutesRequest{} }

type Client struct{}

func NewClientWithSecretId(_, _, _ string) (*Client, error) { return &Client{}, nil }

func (*Client) DescribeRouteTables(*DescribeRouteTablesRequest) (*DescribeRouteTablesResponse, error) {
	return nil, errStub
}
func (*Client) CreateRoutes(*CreateRoutesRequest) (any, error) { return nil, errStub }
func (*Client) DeleteRoutes(*DeleteRoutesRequest) (any, error) { return nil, errStub }

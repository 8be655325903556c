"""GraphQL over HTTP: a request read, an answer sent. The modules, in the order in which a request meets them:

protocol      a connection's deadlines and bounds       endpoint      a request's way through the others
cross_site    whose pages may ask                       negotiation   media types
reading       the request's parameters and body         trusted       documents that are known by identifier
caching       answers that are still right              answering     statuses and headers
refusal       what is no GraphQL request                observing     what is known of an answer
sockets       the same for WebSockets                   assembly      put together from the settings
whole         an answer in one write                    guard         what fails beyond all of these
document_command                                        what `documents` does
"""

"""Several servers of one database: who they are, whose turn it is, whether they see the same stores."""

module example.com/jose

go 1.24

# "Connect two numbers", curl --form: the values carry double quotes, which curl takes off.
curl --location --request POST 'https://api.exotel.com/v1/Accounts/<account_sid>/Calls/connect' \
  --header 'Authorization: Basic <Base64_Encoded_APIKey:APIToken>' \
  --form 'From="+91XXXXXXXXXX"' \
  --form 'To="+91XXXXXXXXXX"' \
  --form 'CallerId="XXXXXXXXXX"' \
  --form 'StatusCallback="https://yourstatuscallbackurl.com"' \
  --form 'StatusCallbackContentType="application/json"' \
  --form 'StatusCallbackEvents[0]="terminal"' \
  --form 'Record="true"' \
  --form 'StatusCallbackEvents[1]="answered"'
